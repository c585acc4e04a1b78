"""Jobs on stacks: up, tested, down."""
