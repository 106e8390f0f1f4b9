//! The page of the recorded outbreak, and pages made to break it.
