"""The table of the 2009 challenge of the left ventricle."""
