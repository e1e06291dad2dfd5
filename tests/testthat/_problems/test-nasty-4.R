# Extracted from test-nasty.R:4

# 
# Failed to extract test: 
# Failed to find test at line 4.
