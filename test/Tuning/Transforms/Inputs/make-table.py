"""make-table.py FILE KERNEL SCHEDULE...: a table with one entry, whose schedules take 1 ms, 2 ms
and so on."""
import json
import sys

file, kernel, *schedules = sys.argv[1:]
times = lambda ms: [{"median_ms": ms, "min_ms": ms - 0.125, "max_ms": ms + 0.25, "samples": 9}]
with open(file, "w") as out:
    json.dump({"fovea_schedule_table": 1,
               "runs": [{"device": "a GPU", "driver": "580.1", "ptxas": "13.0.88",
                         "commit": "0123abc", "date": "2026-11-29"}],
               "entries": [{"kernel": kernel, "run": 0,
                            "workloads": [{"tokens": 65536, "sequences": 1,
                                           "data": "uncorrelated"}],
                            "schedules": [{"schedule": text, "times": times(i)}
                                          for i, text in enumerate(schedules, 1)]}]}, out)
