"""What a person can do: one folder a matter, one file a task; what all share lies beside them.

Plain functions of a Turn: they decide by asking conversation and policy, write through storage,
and wait for nothing.
"""
