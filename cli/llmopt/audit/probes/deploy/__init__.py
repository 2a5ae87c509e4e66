"""What deployment files say: workloads, model servers, and what watches over them."""
