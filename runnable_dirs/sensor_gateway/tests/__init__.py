"""Tests of sensor_gateway."""
