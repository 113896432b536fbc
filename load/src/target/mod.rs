//! How one takes part in a call: of this server, or of another that is to be compared.
