//! What it costs to come in and go again, and how much of that is the database.

use super::load::flow_rate;
use super::server::Server;
use std::path::Path;

pub async fn run(before: Option<&Path>) {
    let directory = std::env::temp_dir().join(format!("colloquy-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory can be made");
    let file = format!("DATABASE_URL=sqlite://{}", directory.join("calls.db").display());
    for (name, environment) in [("in memory", &[][..]), ("in a file", &[file.as_str()][..])] {
        let mut row = flow_rate(&Server::colloquy(environment)).await;
        if let Some(program) = before {
            row += &format!(" | before: {}", flow_rate(&Server::colloquy_at(program, environment)).await);
        }
        println!("| join flows, the database {name} | {row} |");
    }
    std::fs::remove_dir_all(&directory).expect("the directory can be removed");
}
