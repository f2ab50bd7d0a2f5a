//! The pages: a `view` per page, from plain data that the console's handlers load.
