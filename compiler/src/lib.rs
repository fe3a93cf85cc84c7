//! Assize.
