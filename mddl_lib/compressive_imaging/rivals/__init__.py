"""Classical methods for general operators, which the talk's figures compare: TVAL3, NLR-CS, D-AMP."""
