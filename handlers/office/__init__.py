"""What the office page shows: values for lists and pages, by the same scope as in the talk."""
