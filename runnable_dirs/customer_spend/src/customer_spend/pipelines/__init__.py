"""What is done with models: plain arguments in, a frozen result out."""
