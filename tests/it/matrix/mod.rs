//! Roles, actions and interfaces: who may do what, as it is written in two tables, each cell of them tried. What is
//! allowed has its effect and no other; what is refused has none.

mod callers;
mod observed;
mod rest;
mod scene;
mod socket;
mod table;
