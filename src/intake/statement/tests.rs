//! Bills as portals export them.
