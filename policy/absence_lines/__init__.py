"""A teacher's line on who is missing today, pure: 三(2)班缺:王小明、李红(病)."""
