//! Runs the system's tools.

use std::process::{Command, Stdio};

/// A tool, also from the folders of administrators, which a root shell may not have in its path.
pub fn tool(name: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(name);
    command.env("PATH", format!("{path}:/usr/sbin:/sbin:/usr/bin:/bin")).stdin(Stdio::null());
    command
}

/// A tool that is to run inside of a network namespace. The namespace's own process replaces that
/// of `ip`, so the child's number is that of the tool.
pub fn tool_inside(namespace: &str, program: &str) -> Command {
    let mut command = tool("ip");
    command.args(["netns", "exec", namespace, program]);
    command
}

/// Runs a command line of plain words to its end and gives what it wrote.
///
/// # Errors
/// The command line and what it complained about.
pub fn run(line: &str) -> Result<String, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    run_words(&words)
}

/// The same for words that hold spaces themselves.
///
/// # Errors
/// The command line and what it complained about.
pub fn run_words(words: &[&str]) -> Result<String, String> {
    let failed = |reason: &str| format!("`{}`: {}", words.join(" "), reason.trim());
    let output = tool(words[0]).args(&words[1..]).output().map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(&String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
