//! Makes a build notice what is built into the program beside its source: a newly built web page, whose files' names
//! change with their content, and the database's migrations.

fn main() {
    // A folder that is not there yet counts as changed when it appears.
    println!("cargo:rerun-if-changed=client/dist");
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=build.rs");
}
