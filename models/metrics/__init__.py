"""The field's figures, one metric a file: evidence of one comparison, then figures of any number of them.

Figures are percent points; NaN where the definition gives none.
"""
