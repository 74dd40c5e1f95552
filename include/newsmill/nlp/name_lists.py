"""Word lists of the field: titles and roles, forms of organisations, peoples, times, verbs of speech, known names."""


def words(text: str) -> frozenset[str]:
    """Return the words of a text, as a list is most easily written."""
    return frozenset(text.split())


def _lines(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.replace("\n", "|").split("|") if part.strip())


HONORIFICS = words("""
Mr Mrs Ms Miss Mister Madam Madame Mme Monsieur Dr Doctor Prof Professor Sir Dame Lord Lady Baron Baroness Count
Countess Duke Duchess Earl Viscount Prince Princess King Queen Emperor Empress Pope Cardinal Archbishop Bishop Father
Brother Sister Rev Reverend Rabbi Imam Ayatollah Sheikh Sheik Shaikh Mullah Sultan Emir Saint Fr Msgr Monsignor
Patriarch Pastor Herr Frau Hon Mx Chancellor Maulana Swami Tsar Shah Tun Datuk Dato
""")
RANKS = words("""
Gen General Lt Lieutenant Col Colonel Maj Major Capt Captain Sgt Sergeant Cpl Corporal Pvt Private Cmdr Commander Adm
Admiral Brig Brigadier Marshal Commodore Cdr Cpt Spc Pfc Cmdre Ensign Constable Inspector Superintendent Supt Det
Detective Trooper Sheriff Deputy
""")
OFFICES = words("""
President Premier Minister Secretary Sen Senator Rep Representative Congressman Congresswoman Gov Governor Mayor
Ambassador Amb Chairman Chairwoman Chairperson Chair Director Commissioner Speaker Judge Justice Attorney Prosecutor
Chief Coach Manager Spokesman Spokeswoman Spokesperson Envoy Leader Envoys Councillor Councilman Councilwoman Alderman
Delegate Consul Counsel Counselor Undersecretary Treasurer Comptroller Solicitor Registrar Dean Rector Provost
Principal Editor CEO CFO COO CTO PM MP Prez Vice-President Vice-Chairman Chief-of-Staff Taoiseach Head Analyst
Economist Negotiator Rapporteur Coordinator Correspondent Ombudsman Administrator Striker Goalkeeper Midfielder
Defender Comrade Warden Coroner Chancellor Superintendent Officer Executive Strategist Conductor Composer Lawyer Whip
Advisor Adviser Aide Prefect Magistrate Czar Archdeacon
""")
TITLES = HONORIFICS | RANKS | OFFICES
# words that stand in front of a title and belong to it
TITLE_MODIFIERS = words("""
Prime Vice Deputy Assistant Acting Former Foreign Finance Defense Defence Interior Health Education Trade Home Justice
Agriculture Energy Environment Economy Transport Labor Labour Culture Planning Information Press Executive Managing
First Second Third Chief Lieutenant Major Brigadier Rear Field Air Attorney Crown Grand Special Senior State Federal
District Supreme National Associate Under General Principal Permanent Regional Police Army Navy Oil Industry Commerce
Communications Treasury Security Intelligence Military Central Co Honorary Global Tourism Housing Immigration Interim
Presidential House Senate Opposition Party Minority Majority Fire City County Shadow Chancellor Sports Science
Technology Religious Social Water Affairs Staff Farm Budget Trade-and-Industry Immigration Works
""")
ROLE_NOUNS = words("""
spokesman spokeswoman spokesperson president minister premier chancellor secretary chairman chairwoman chair
chairperson director chief head leader governor mayor senator lawmaker legislator congressman congresswoman ambassador
envoy commissioner commander general colonel captain officer official manager coach analyst economist strategist
trader dealer lawyer attorney prosecutor judge justice professor researcher scientist historian expert author writer
novelist poet journalist reporter correspondent editor columnist photographer actor actress singer musician director
producer filmmaker composer conductor founder co-founder cofounder owner partner executive chief-of-staff consultant
adviser advisor aide negotiator mediator diplomat politician candidate activist campaigner dissident rebel guerrilla
separatist nationalist king queen prince princess striker midfielder defender goalkeeper forward batsman bowler
captain skipper quarterback pitcher champion player driver rider cyclist sprinter runner swimmer boxer golfer doctor
surgeon physician nurse teacher student farmer engineer pilot astronaut bishop archbishop cardinal pope priest pastor
rabbi imam cleric preacher spokesmen counsel deputy treasurer superintendent sheriff detective inspector sergeant
lieutenant investigator pathologist psychologist sociologist biologist architect designer artist painter sculptor
dancer model comedian presenter broadcaster host entrepreneur businessman businesswoman billionaire banker investor
broker creator inventor veteran teammate compatriot umpire referee organiser organizer curator librarian dean rector
principal chancellor vice-president vice-chairman undersecretary councillor councilwoman councilman MP MEP CEO CFO COO
PM czar tycoon magnate boss midwife paramedic warden ranger keeper winger
""")
ROLE_MODIFIERS = words("""
special senior former deputy acting chief vice prime foreign finance defence defense press executive managing general
assistant associate national international regional state federal military army navy police political economic
financial interior home health education trade justice agriculture energy environment economy transport labor labour
culture opposition outgoing incoming veteran rebel party government presidential campaign company bank union team club
world interim honorary lead top then-deputy then ex- co- founding principal research market chief-of-staff security
intelligence nuclear peace communications media public affairs relations legal human rights investment head assistant
lieutenant major ruling industry commercial technical sporting sports football cricket soccer national league
television film opera veteran anti-corruption then-prime climate policy oil commodities currency equity fund portfolio
risk sales marketing operations
""")
STATE_ABBREVIATIONS = words("""
Ala. Ariz. Ark. Calif. Colo. Conn. Del. Fla. Ga. Ill. Ind. Kan. Ky. La. Md. Mass. Mich. Minn. Miss. Mo. Mont. Neb.
Nev. N.H. N.J. N.M. N.Y. N.C. N.D. Okla. Ore. Pa. R.I. S.C. S.D. Tenn. Tex. Vt. Va. Wash. W.Va. Wis. Wyo. D.C. Ont.
Que. B.C. Alta. Ala Ariz Calif Colo Conn Fla Ill Mass Mich Minn Tenn Wis
""")
# words that, before (<) or behind (>) a name, tell something of it
CONTEXT_WORDS = {
    "<in": words("""
in near across throughout outside inside around toward towards northern southern eastern western northeastern
northwestern southeastern southwestern north south east west central downtown neighbouring neighboring
"""),
    "<to": words("""
to from into via visited visiting left reached through leaving at
"""),
    "<firm": words("""
at joined bought acquired maker rival giant group firm company carrier broker brokerage retailer automaker subsidiary
unit
"""),
    ">says": words("""
said says told added asked warned insisted argued explained noted stressed recalled replied claimed denied admitted
commented wrote testified joked acknowledged conceded vowed tweeted remarked resigned died who whose whom married
smiled laughed
"""),
    ">does": words("""
was is has had won took led hit scored beat finished became felt thought believes wants wanted hopes hoped knows went
came began played moved retired married lost returned himself herself
"""),
    ">part": words("""
airport province region city town village river district valley coast peninsula island islands lake area border port
state prison suburb neighbourhood neighborhood tunnel stadium beach capital county residents street refinery embassy
mountains
"""),
    ">firm": words("""
shares stock newspaper daily magazine shareholders executives employees subsidiary group company party ministry
spokesman spokeswoman officials units bank brand rebels guerrillas fighters militants plant products unit share
airline board lawmakers factory stores agency television radio chairman chief management analysts staff workers fans
players coach president
"""),
}
COMPANY_FORMS = words("""
Inc Inc. Corp Corp. Ltd Ltd. Limited LLC LLP L.P. LP Plc PLC plc AG GmbH NV N.V. SA S.A. SpA S.p.A. AB A/S AS ASA Oyj
Oy KK Bhd Berhad Pty Pte Co Co. Cie Kaisha KGaA SE S.E. Holdings Holding Group Corporation Company Incorporated BV
B.V. Tbk Sdn
""")
ORG_HEADS = COMPANY_FORMS | words("""
Bank Banks Bancorp Bankshares Bundesbank University College School Academy Institute Institution Ministry Department
Dept Dept. Agency Authority Administration Bureau Commission Committee Council Board Court Tribunal Parliament
Congress Senate Assembly Chamber Cabinet Treasury Party Union Unions Federation Confederation Association Assn Society
League Alliance Coalition Front Movement Organisation Organization Foundation Trust Fund Center Centre Office Service
Services Police Army Navy Force Forces Guard Guards Corps Command Brigade Battalion Regiment Division Squadron Militia
Patrol Airlines Airline Airways Air Railways Railway Railroad Motors Motor Industries Industry Technologies Technology
Systems Electric Electronics Energy Petroleum Oil Gas Power Steel Mining Mines Minerals Resources Pharmaceuticals
Pharmaceutical Laboratories Labs Chemicals Chemical Foods Brewery Breweries Insurance Assurance Financial Finance
Securities Capital Partners Investments Investment Management Advisors Advisers Associates Brothers Bros Bros. Sons
Stores Communications Telecom Telecommunications Telecoms Telephone Networks Network Broadcasting Television TV Radio
News Newsroom Newsdesk Times Post Journal Herald Tribune Gazette Telegraph Guardian Chronicle Press Publishing
Magazine Media Pictures Studios Entertainment Records Productions Software Computer Computers Microsystems
Semiconductor Aerospace Aviation Aircraft Shipping Shipyard Lines Transport Logistics Airport-Authority Exchange
Hospital Clinic Church Diocese Synod Museum Gallery Library Orchestra Philharmonic Ballet Opera Theatre-Company Club
Athletic United Rovers Wanderers Albion Hotspur Rangers FC F.C. CF AFC SC Sox Yankees Mets Giants Dodgers Cubs
Cardinals Braves Reds Pirates Padres Phillies Brewers Twins Royals Tigers Orioles Indians Mariners Athletics Astros
Rockies Marlins Expos Angels Lakers Celtics Bulls Knicks Nets Heat Spurs Rockets Mavericks Suns Warriors Clippers
Kings Jazz Pistons Pacers Bucks Hawks Hornets 76ers Raptors Grizzlies Timberwolves Packers Bears Vikings Lions Cowboys
Redskins Eagles Steelers Browns Bengals Ravens Colts Dolphins Patriots Jets Bills Raiders Chargers Broncos Chiefs
Seahawks 49ers Rams Saints Falcons Panthers Buccaneers Jaguars Oilers Texans Titans Bruins Canadiens Sabres Flyers
Penguins Islanders Devils Capitals Senators Blackhawks Blues Wings Leafs Canucks Flames Avalanche Sharks Ducks
Bulldogs Eelam Wildcats Huskies Crimson Tide Kickers Dynamos Secretariat Legislature Senate Directorate Registry
Inspectorate Watch Network Campaign Consortium Syndicate Cooperative Co-operative Enterprises Ventures Bancshares
Stock-Exchange Newspapers Newspaper Weekly Daily Tabloid Observer Standard Review Globe Inquirer Examiner Mirror
Express Observer Sun Newswire Agencia Banco Banca Banque Partei Partido Universidad Université Universität Ministerio
Dynamo Dinamo Lokomotiv Spartak Torpedo Sporting Athletico Atletico Deportivo Borussia Bayern Eintracht Inter Juventus
""")
ORG_OF = words("""
Bank University Ministry Department Institute Council Board Court House Chamber College School Church Federation
Association Union Office Bureau Academy Society Organisation Organization Committee Commission League Academy Museum
Library Confederation Secretariat Fund Center Centre Party Front Movement Alliance Congress Assembly Bar Institution
Foundation Directorate Army Ministers Daughters Sons Knights Brotherhood Order Guild Joint Chiefs Friends Doctors
Reporters Médecins Médecins Bancorp
""")
KNOWN_ORGANIZATIONS = _lines("""
Reuters | Associated Press | AP | AFP | Agence France-Presse | UPI | TASS | Itar-Tass | Interfax | Xinhua | Kyodo
Anadolu | BBC | CNN | NBC | CBS | ABC | ESPN | Fox News | Sky News | Al Jazeera | Al-Jazeera | New York Times
The New York Times | Washington Post | The Washington Post | Wall Street Journal | The Wall Street Journal
Financial Times | Le Monde | Le Figaro | Die Welt | Die Zeit | Der Spiegel | El Pais | USA Today | Haaretz | Newsweek
Bloomberg | Axios | Politico | HuffPost | BuzzFeed | The Guardian | The Economist | The Times | The Sun
The Independent | United Nations | UN | U.N. | UNICEF | UNESCO | UNHCR | WHO | World Health Organization | WTO
World Trade Organization | IMF | OECD | OPEC | NATO | Nato | EU | E.U. | EC | ECB | IAEA | OSCE | ASEAN | APEC | OAU
African Union | Arab League | ICRC | Red Cross | Red Crescent | Interpol | Europol | Amnesty International
Human Rights Watch | Greenpeace | Oxfam | Security Council | General Assembly | European Union | European Commission
European Parliament | European Central Bank | World Bank | International Monetary Fund
International Court of Justice | International Criminal Court | Commonwealth | CIS | G7 | G-7 | G8 | G20
Council of Europe | CIA | FBI | NSA | FDA | EPA | SEC | FAA | NASA | Nasa | IRS | FCC | FTC | USDA | DEA | NTSB
Pentagon | State Department | Justice Department | Treasury | Congress | Senate | House of Representatives
House of Commons | House of Lords | Supreme Court | Federal Reserve | Fed | Homeland Security | Joint Chiefs of Staff
US Navy | U.S. Navy | US Army | U.S. Army | US Air Force | U.S. Air Force | Navy | Army | Air Force | Marine Corps
Coast Guard | National Guard | Revolutionary Guards | Secret Service | Mossad | Shin Bet | Knesset | Hamas | Hezbollah
Hizbollah | Fatah | Likud | Taliban | al Qaeda | Al Qaeda | al-Qaeda | Taleban | Islamic State | ISIS | ISIL | PLO
PKK | IRA | ETA | ANC | PUK | KDP | Sinn Fein | Kremlin | Duma | State Duma | Bundestag | Bundesrat | Bundesbank
Bundeswehr | Politburo | Whitehall | Scotland Yard | Downing Street-Office | Labour Party | Labour
Conservative Party | Tory Party | Liberal Democrats | Republican Party | Democratic Party | Solidarity | Tamil Tigers
Khmer Rouge | Boko Haram | al-Shabaab | Wagner | Hizbullah | Google | Microsoft | Apple | Amazon | Facebook | Twitter
Meta | Netflix | Tesla | Intel | IBM | Oracle | Cisco | Dell | HP | Hewlett-Packard | Motorola | Nokia | Ericsson
Siemens | Samsung | Sony | Toshiba | Hitachi | Panasonic | Hyundai | Kia | Honda | Toyota | Nissan | Mazda
Mitsubishi | Yamaha | Kawasaki | Suzuki | Volkswagen | BMW | Daimler | Mercedes | Renault | Peugeot | Citroen | Fiat
Ferrari | McLaren | Benetton | Ducati | Volvo | Saab | Ford | General Motors | GM | Chrysler | Boeing | Airbus
Lockheed | Lockheed Martin | Raytheon | Northrop | British Airways | Lufthansa | KLM | Swissair | Alitalia | Iberia
Qantas | Aeroflot | United Airlines | Delta | Ryanair | easyJet | Shell | Royal Dutch | BP | British Petroleum | Exxon
ExxonMobil | Mobil | Chevron | Texaco | Total | Elf | Eni | Gazprom | Lukoil | Rosneft | Petrobras | Pemex | Aramco
Nestle | Nestlé | Unilever | Procter & Gamble | Danone | Coca-Cola | Pepsi | PepsiCo | McDonald's | McDonald
Starbucks | Walmart | Wal-Mart | Carrefour | Tesco | Ikea | Nike | Adidas | Pfizer | Novartis | Roche | Sandoz | Ciba
Bayer | BASF | Hoechst | Merck | Glaxo | AstraZeneca | Sanofi | Goldman Sachs | Morgan Stanley | JPMorgan
J.P. Morgan | Citigroup | Citibank | Citicorp | Merrill Lynch | Lehman Brothers | Salomon Brothers | UBS
Credit Suisse | Deutsche Bank | Commerzbank | Dresdner | Barclays | HSBC | Lloyds | NatWest | Rabobank | ING
ABN Amro | Santander | BNP | Societe Generale | Credit Lyonnais | Nomura | Moody's | Moody | Standard & Poor's | S&P
Fitch | Nasdaq | Wall Street-Journal | AT&T | MCI | Verizon | Vodafone | British Telecom | Deutsche Telekom
France Telecom | Time Warner | Disney | Walt Disney | Viacom | Bertelsmann | Uber | Airbnb | PayPal | eBay | UEFA
FIFA | Fifa | Uefa | IOC | NBA | NFL | NHL | MLB | NCAA | ICC | ATP | WTA | Ajax | Feyenoord | PSV | PSV Eindhoven
Barcelona | Real Madrid | Atletico Madrid | Juventus | AC Milan | Inter Milan | Lazio | AS Roma | Sampdoria | Parma
Fiorentina | Napoli | Bayern Munich | Borussia Dortmund | Schalke | Werder Bremen | Bayer Leverkusen | Arsenal
Chelsea | Everton | Liverpool | Manchester United | Manchester City | Tottenham | Tottenham Hotspur | Newcastle United
Aston Villa | Leeds United | West Ham | Nottingham Forest | Sheffield Wednesday | Blackburn Rovers | Celtic | Rangers
Hearts | Paris Saint-Germain | Paris St Germain | Auxerre | Galatasaray | Fenerbahce | Besiktas | Benfica | Porto
Sporting Lisbon | Anderlecht | Club Brugge | Rosenborg | Spartak Moscow | Dynamo Kiev | Dynamo Kyiv
Red Star Belgrade | Partizan | Steaua Bucharest | Ferencvaros | Slavia Prague | Sparta Prague | Boca Juniors
River Plate | Flamengo | Corinthians | Palmeiras | Santos | Red Sox | White Sox | Blue Jays | Red Wings | Maple Leafs
Trail Blazers | All Blacks | Wallabies | Springboks
""")
KNOWN_PLACES = _lines("""
US | U.S. | USA | U.S.A. | United States of America | America | UK | U.K. | Britain | Great Britain | England
Netherlands | The Netherlands | New Zealand | Scotland | Wales | Northern Ireland | Holland | Russia | Soviet Union
USSR | Czech Republic | Czechoslovakia | Yugoslavia | Bosnia | Macedonia | Burma | Zaire | Congo | Ivory Coast
Cape Verde | Swaziland | East Timor | Turkiye | Türkiye | Turkey | Palestine | South Korea | North Korea | Korea
East Germany | West Germany | Taiwan | Hong Kong | Macau | Tibet | Kashmir | Kurdistan | Chechnya | Dagestan | Crimea
Donbas | Donbass | Siberia | Kosovo | Transnistria | Abkhazia | South Ossetia | Nagorno-Karabakh | Gaza | Gaza Strip
West Bank | Golan Heights | Sinai | Galilee | Judea | Jerusalem | East Jerusalem | Tel Aviv | UAE
United Arab Emirates | Saudi | Persian Gulf | Gulf | Red Sea | Black Sea | Mediterranean | Baltic Sea | Caspian Sea
North Sea | South China Sea | Pacific | Atlantic | Indian Ocean | Arctic | Antarctica | Pacific Ocean | Atlantic Ocean
Caribbean | Balkans | Middle East | Far East | Europe | Asia | Africa | North Africa | South Africa | West Africa
East Africa | Latin America | South America | North America | Central America | Central Asia | Southeast Asia
South Asia | Eastern Europe | Western Europe | Central Europe | Scandinavia | Oceania | Eurasia | Sub-Saharan Africa
Himalayas | Alps | Andes | Sahara | Amazon River | Nile | Rhine | Danube | Thames | Mississippi | Volga | Euphrates
Tigris | Suez Canal | Panama Canal | Strait of Hormuz | Bosphorus | Gulf of Mexico | Gulf of Aden | English Channel
Rocky Mountains | Everest | Mount Everest | Bavaria | Saxony | Hesse | Brandenburg | North Rhine-Westphalia
Catalonia | Andalusia | Galicia | Basque Country | Sardinia | Sicily | Corsica | Tuscany | Lombardy | Umbria
Normandy | Brittany | Provence | Burgundy | Flanders | Wallonia | Transylvania | Silesia | Bohemia | Moravia
Slavonia | Vojvodina | Ulster | Cornwall | Devon | Dorset | Essex | Kent | Norfolk | Suffolk | Surrey | Sussex
Yorkshire | Lancashire | Cumbria | Durham | Cheshire | Derbyshire | Nottinghamshire | Leicestershire | Lincolnshire
Northamptonshire | Warwickshire | Worcestershire | Gloucestershire | Oxfordshire | Hampshire | Berkshire | Wiltshire
Somerset | Hertfordshire | Bedfordshire | Cambridgeshire | Buckinghamshire | Staffordshire | Shropshire | Glamorgan
Quebec | Ontario | Alberta | Manitoba | Saskatchewan | Nova Scotia | British Columbia | New Brunswick | Newfoundland
Yukon | Queensland | New South Wales | Victoria | Tasmania | Western Australia | South Australia | Northern Territory
Punjab | Sindh | Gujarat | Maharashtra | Bihar | Kerala | Tamil Nadu | Karnataka | Uttar Pradesh | West Bengal | Assam
Rajasthan | Madhya Pradesh | Balochistan | Xinjiang | Sichuan | Guangdong | Inner Mongolia | Hunan | Hubei | Yunnan
Hokkaido | Okinawa | Java | Sumatra | Bali | Borneo | Kalimantan | Aceh | Irian Jaya | Mindanao | Luzon
KwaZulu-Natal | Natal | Transvaal | Darfur | Oromia | Tigray | Katanga | Biafra | Chiapas | Patagonia | Bahia
Minas Gerais | Rio | Bosnia-Herzegovina | Bosnia and Herzegovina | Trinidad and Tobago | Antigua and Barbuda
New England | Midwest | Silicon Valley | Hollywood | Manhattan | Brooklyn | Bronx | Queens | Harlem | Long Island
Staten Island | Capitol Hill | Broadway | Wimbledon | Washington | Washington D.C. | Washington DC | D.C. | New York
New York City | NYC | L.A. | LA | Los Angeles | San Francisco | St Petersburg | St. Petersburg | St Louis | St. Louis
St. Paul | Kiev | Kyiv | Peking | Bombay | Calcutta | Madras | Bangalore | Rangoon | Saigon | Canton | Constantinople
Leningrad | Lod | Ramallah | Hebron | Nablus | Jenin | Bethlehem | Rafah | Khan Younis | Haifa | Mecca | Medina
The Hague | Hague | Geneva | Vatican | Vatican City | Holy See-City | White House | Heathrow | Gatwick | Guantanamo
Guantanamo Bay | Chernobyl | Auschwitz | Dubai | Abu Dhabi | Riyadh | Mosul | Arbil | Erbil | Kirkuk | Basra | Falluja
Fallujah | Aleppo | Idlib | Raqqa | Homs | Kobani | Kandahar | Herat | Swat | Waziristan | Grozny | Sarajevo
Srebrenica | Mostar | Pristina | Tbilisi | Donetsk | Luhansk | Mariupol | Kharkiv | Kherson | Odessa | Odesa | Lviv
Tripoli | Benghazi | Misrata | Sirte | Sanaa | Aden | Hodeidah | Mogadishu | Nairobi | Goma | Kigali | Lucerne
Zurich | Berne | Bern | Basle | Basel | Lausanne | Cologne | Munich | Nuremberg | Hanover | Brunswick | Prague
Warsaw | Cracow | Krakow | Vienna | Brussels | Antwerp | Ghent | Bruges | Lisbon | Oporto | Seville | Florence
Venice | Naples | Rome | Milan | Turin | Genoa | Athens | Salonika | Thessaloniki | Piraeus | Copenhagen | Gothenburg
Moscow | Bucharest | Belgrade | Damascus | Beirut | Cairo | Alexandria | Algiers | Tunis | Tangier | Marrakesh
Khartoum | Addis Ababa | Havana | Mexico City | Sao Paulo | Brasilia | Bogota | Cote d'Ivoire | Upper Egypt | S. Korea
N. Korea | S. Africa | The Oval | Old Trafford | Headingley | Lord's-Ground
""")
DEMONYMS = words("""
Afghan Afghans Albanian Albanians Algerian Algerians American Americans Angolan Arab Arabs Arabian Argentine
Argentinian Argentines Armenian Armenians Asian Asians African Africans Australian Australians Austrian Austrians
Azerbaijani Azeri Bahraini Baltic Bangladeshi Basque Basques Belarusian Belarussian Belgian Belgians Bengali Bolivian
Bosnian Bosnians Brazilian Brazilians Briton Britons British Bulgarian Bulgarians Burmese Burundian Cambodian
Cambodians Cameroonian Canadian Canadians Catalan Catholic Catholics Caucasian Chechen Chechens Chilean Chinese
Christian Christians Colombian Colombians Congolese Corsican Costa-Rican Croat Croats Croatian Croatians Cuban Cubans
Cypriot Cypriots Czech Czechs Dane Danes Danish Dominican Dutch Dutchman Ecuadorean Ecuadorian Egyptian Egyptians
Englishman English Eritrean Estonian Estonians Ethiopian Ethiopians European Europeans Filipino Filipinos Finn Finns
Finnish Flemish French Frenchman Frenchmen Georgian Georgians German Germans Germanic Ghanaian Greek Greeks Guatemalan
Haitian Haitians Hebrew Hindu Hindus Hispanic Hispanics Honduran Hungarian Hungarians Hutu Hutus Icelandic Indian
Indians Indonesian Indonesians Iranian Iranians Iraqi Iraqis Irish Irishman Islamic Islamist Islamists Israeli
Israelis Italian Italians Jamaican Japanese Jew Jews Jewish Jordanian Jordanians Kazakh Kenyan Kenyans Korean Koreans
Kurd Kurds Kurdish Kuwaiti Kuwaitis Kyrgyz Lao Latin Latino Latinos Latvian Latvians Lebanese Liberian Liberians
Libyan Libyans Lithuanian Lithuanians Macedonian Malaysian Malaysians Malian Maltese Mexican Mexicans Moldovan
Mongolian Montenegrin Moroccan Moroccans Moslem Moslems Mozambican Muslim Muslims Namibian Nepalese Nepali Nicaraguan
Nigerian Nigerians Nordic Norwegian Norwegians Omani Orthodox Ottoman Pakistani Pakistanis Palestinian Palestinians
Panamanian Papuan Paraguayan Persian Peruvian Peruvians Philippine Pole Poles Polish Portuguese Protestant Protestants
Puerto-Rican Qatari Quebecois Romanian Romanians Russian Russians Rwandan Rwandans Salvadoran Saudis Scandinavian Scot
Scots Scottish Scotsman Senegalese Serb Serbs Serbian Serbians Shia Shi'ite Shiite Shiites Sikh Sikhs Sierra-Leonean
Singaporean Slav Slovak Slovaks Slovene Slovenian Slovenians Somali Somalis Soviet Soviets Spaniard Spaniards Spanish
Sudanese Sunni Sunnis Swede Swedes Swedish Swiss Syrian Syrians Taiwanese Tajik Tamil Tamils Tanzanian Texan Thai
Thais Tibetan Tibetans Tunisian Tunisians Turk Turks Turkish Turkmen Tutsi Tutsis Ugandan Ugandans Ukrainian
Ukrainians Uruguayan Uzbek Venezuelan Venezuelans Vietnamese Welsh Welshman Western Yemeni Yemenis Yugoslav Yugoslavs
Zairean Zambian Zimbabwean Zionist Zulu Zulus Communist Communists Marxist Republican Republicans Democrat Democrats
Democratic Nazi Nazis Islam Christianity Buddhist Buddhists Anglo-Irish Anglo-Saxon Afro-American African-American
Confucian Calvinist Maoist Maoists Leninist Trotskyist Lutheran Methodist Presbyterian Anglican Anglicans Californian
Parisian Londoner Berliner Muscovite Sicilian Bavarian Siberian Euro-sceptic Eurosceptic Tory Tories Conservative
Conservatives Liberal Liberals Socialist Socialists Indo-European New-Yorker Senegalese Mauritian Maldivian Bhutanese
Emirati Emiratis Gulf-Arab Maori Aboriginal Inuit Yazidi Yazidis Houthi Houthis Rohingya Uighur Uyghur Uighurs Uyghurs
Druze Alawite Coptic
""")
TIMES = words("""
Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays
Sundays January February March April May June July August September October November December Jan Feb Mar Apr Jun Jul
Aug Sept Sep Oct Nov Dec Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sept. Sep. Oct. Nov. Dec. Mon Tue Tues Wed Thu Thurs Fri
Sat GMT EST EDT PST PDT CET BST UTC ET PT AM PM A.M. P.M. Christmas Easter Ramadan Thanksgiving Halloween Passover
Hanukkah Spring Summer Autumn Winter Today Tomorrow Yesterday Tonight Eve Xmas Diwali Yom Kippur Eid Lent Pentecost
Boxing
""")
# capitalised things that are neither person, organisation nor place
OTHERS = _lines("""
I | I'm | I've | I'd | I'll | TV | PC | DVD | CD | CEO | GDP | DNA | HIV | AIDS | Aids | COVID | Covid | COVID-19
Covid-19 | Internet | Web | World Cup | World War | World War I | World War II | Olympics | Olympic | Olympic Games
Grand Prix | Grand Slam | Davis Cup | FA Cup | Champions League | Super Bowl | World Series | Premier League
Champions Cup | Bible | Koran | Quran | Torah | God | Allah | Jesus | Christ | Satan | Nobel | Nobel Prize | Oscar
Oscars | Emmy | Grammy | Pulitzer | Cold War | Gulf War | Holocaust | Renaissance | Brexit | Ebola | SARS | IPO | VAT
ATM | GPS | SUV | UFO | OK | NOTE | EDITOR | MPH | PG | PTS | GB | AB | RBI | ERA | USD | EUR | DM | HTML | URL | FTSE
DAX | CAC | Dow | Dow Jones | Nikkei | T-bill | T-shirt | X-ray | B-52 | F-16 | AK-47 | Boeing 747 | iPhone | iPad
Android | Windows | YouTube | Ph.D. | PhD | MBA | BA | MA | BSc | Esq | Jr | Jr. | Sr | Sr. | II | III | IV | VI | VII
VIII | IX | XI | XII | No | No. | Parkinson | Alzheimer | Formula One | English | Spanish | Earth | Moon | Mars
Internet Explorer | Bitcoin | Constitution | Bill | Act | Treaty | Accord | Agreement | Maastricht Treaty
Islamic Republic | Republic | Government | State | Federal | Union Jack | Cup | Open | Tour | Games | Championship
Series | League Cup | Masters | Trophy | Ryder Cup | Title | Section | Article | Chapter | Page | Figure | Table
Part | Photo | Image | Video | Related | Read | Share | Comments | Editing | Additional | Updated | Published
Copyright | Q1 | Q2 | Q3 | Q4 | Lt | LOCAL | VOLUME | TOTAL | FINAL | RESULTS
""")
EVENT_HEADS = words("""
Cup Open Championship Championships Tour Games Grand Prix Prize Award Awards Act Treaty Agreement Accord Accords
Convention War Wars Battle Series Trophy Masters Marathon Olympics Festival Revolution Day Week Bowl Stakes Derby
Summit Plan Project Programme Program Initiative Protocol Declaration Amendment Law Code Index Average Bible Language
Era Empire Age Syndrome Disease Virus Theory Version Edition Album Song Show Classic Invitational Challenge Crisis
Operation Bill Resolution Conference Election Elections Referendum Intifada Rebellion Uprising Massacre Dynasty
Century Airbus Boeing Medal
""")
PLACE_HEADS = words("""
River Lake Sea Ocean Bay Gulf Strait Straits Canal Island Islands Isle Peninsula Cape Mountain Mountains Mount Hill
Hills Valley Desert Forest Park Beach Coast Creek Falls Glacier Basin Delta Plateau Heights Springs Harbor Harbour
Port Airport Station Street Avenue Road Boulevard Square Bridge Stadium Arena Tower Palace Castle Cathedral Cemetery
Prison Highway County Province Region District Territory Territories Township Village Borough Republic Kingdom Strip
Plaza Building Gardens Garden Memorial Temple Dam Reservoir Oblast Governorate Prefecture Ranch Farm Cave Oval
Racecourse Speedway Raceway Ridge Canyon Field Fort Camp Base Shire Mall Crossing Expressway Motorway Lane Drive
Terrace
""")
FUNCTION_WORDS = words("""
The A An And But Or Nor So Yet For If In On At By To From Of With Without Within As After Before Since Until While
When Where Why How What Which Who Whose Whom That This These Those There Here He She It They We You I His Her Its
Their Our Your My Him Them Us Me Not No Yes Is Are Was Were Be Been Being Has Have Had Do Does Did Will Would Shall
Should Can Could May Might Must Also Although Though Because Despite During Between Among Amid Against Under Over Into
Onto Upon About Above Below Behind Beyond Through Throughout Across Along Around Near Off Out Up Down Then Than Thus
Hence However Meanwhile Moreover Furthermore Nevertheless Still Even Only Just Now Once Twice Again Already Always
Never Ever Often Sometimes Soon Later Earlier Early Late Last Next First Second Third One Two Three Four Five Six
Seven Eight Nine Ten Some Any All Both Each Every Either Neither Many Much More Most Few Several Such Other Others
Another Same Like Unlike Per Via Plus Whether According Asked Let Let's It's He's She's That's There's Don't Didn't
Isn't We're They're You're Ex
""")
# what everybody means by a short name, whether or not the article spells it out
FULL_NAMES = {
    "US": "United States",
    "U.S.": "United States",
    "USA": "United States",
    "U.S.A.": "United States",
    "UK": "United Kingdom",
    "U.K.": "United Kingdom",
    "UAE": "United Arab Emirates",
    "UN": "United Nations",
    "U.N.": "United Nations",
    "EU": "European Union",
    "E.U.": "European Union",
    "IMF": "International Monetary Fund",
}
