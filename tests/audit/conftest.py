"""The applications under audit are material, not tests of ours."""

collect_ignore = ["applications"]
