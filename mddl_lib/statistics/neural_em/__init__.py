"""Neural EM: a mixture of pixels whose M step is learned; EM by hand beside it, and shapes made by code."""
