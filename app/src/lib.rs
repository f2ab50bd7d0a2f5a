//! The console's pages: components, islands, messages in both languages.
