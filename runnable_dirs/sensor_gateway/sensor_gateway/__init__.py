"""Takes readings from sensors over TCP, checks them strictly, raises alarms."""
