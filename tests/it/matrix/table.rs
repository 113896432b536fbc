//! Tables as text: a line of columns, and one line for each action.

use super::callers::Who;

/// What an action comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Yes,
    /// It is refused, and nothing has changed.
    No(&'static str),
}

impl Outcome {
    fn named(name: &str) -> Self {
        match name {
            "yes" => Self::Yes,
            "no" => Self::No("FORBIDDEN"),
            "out" => Self::No("NOT_JOINED"),
            "locked" => Self::No("ROOM_LOCKED"),
            "hidden" => Self::No("HIDDEN"),
            "401" => Self::No("UNAUTHENTICATED"),
            _ => panic!("no outcome is called {name}"),
        }
    }
}

/// The cells of a table, by lines: the action, who asks, and what comes of it.
pub fn cells(table: &'static str) -> Vec<(&'static str, Who, Outcome)> {
    let mut lines = table.lines().map(str::split_whitespace).filter(|line| line.clone().next().is_some());
    let columns: Vec<Who> = lines.next().expect("columns").map(Who::named).collect();
    let mut cells = Vec::new();
    for mut line in lines {
        let action = line.next().expect("an action");
        let outcomes: Vec<Outcome> = line.map(Outcome::named).collect();
        assert_eq!(outcomes.len(), columns.len(), "{action} has a cell for each column");
        cells.extend(columns.iter().zip(outcomes).map(|(who, outcome)| (action, *who, outcome)));
    }
    cells
}
