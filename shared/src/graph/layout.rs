//! Where nodes stand when nobody put them anywhere.
