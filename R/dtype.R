# Dtype: the type that the arithmetic uses. Arrays are R doubles in both.

dtypes <- c("float64", "float32")

check_dtype <- function(x, argument = "dtype") check_choice(x, argument, dtypes)
