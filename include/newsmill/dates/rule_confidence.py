"""Confidence of each rule: the share of expressions with the annotators' value on TimeBank and AQUAINT.

Each share is shrunk to the mean of all rules by four pseudo-counts. In two-fold validation, expressions with a
confidence of .8 or more were correct in .84 and .91 of the cases, with .6 to .8 in .59 and .75.
"""

UNTRIED = 0.6
CONFIDENCE = {
    "a_unit": 0.50, "ago": 0.62, "ago_year": 0.57, "clock_time": 0.48, "date": 0.95, "decade": 0.61, "duration": 0.81,
    "every": 0.69, "fiscal": 0.65, "future": 0.73, "holiday": 0.82, "iso_date": 0.95, "month": 0.89, "more_days": 0.83,
    "near": 0.93, "past": 0.72, "quarter": 0.93, "quarter_ago": 0.71, "quarters": 0.83, "reference": 0.66,
    "reported": 0.79, "season": 0.80, "seasons": 0.83, "some_time": 0.69, "that_unit": 0.64, "the_unit": 0.57,
    "these_days": 0.83, "unit": 0.68, "units": 0.46, "weekday": 0.86, "weekend": 0.60, "year": 0.85, "year_end": 0.52,
}  # fmt: skip
