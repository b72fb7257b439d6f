"""What a person can do, one file a task.

Plain functions of a Turn: they decide by asking conversation and policy, write through storage,
and wait for nothing.
"""
