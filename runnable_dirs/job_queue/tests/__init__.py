"""Tests of job_queue."""
