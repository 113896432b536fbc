//! A run: participants come, stay and go as the scenario says, watched and bounded.
