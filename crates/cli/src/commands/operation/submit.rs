//! `corridor operation submit`.

use std::io::Read as _;
use std::path::Path;

use corridor_types::Operation;

use super::{SubmitArgs, draft, read, signing, template};
use crate::actor::reference;
use crate::decision::Decision;
use crate::failure::Failure;
use crate::output::Output;
use crate::{draft as drafts, files};

/// The most that is read from standard input: as from a file.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: SubmitArgs, output: Output) -> Result<(), Failure> {
    let operation = read_operation(&args.file)?;
    if let Some(file) = &args.draft {
        let actor = args.act.identify()?;
        let transaction = drafts::unsigned(actor.participant, operation, args.valid_h);
        drafts::write(file, &transaction)?;
        return output.show(&draft::Summary::of(file, transaction, &actor).await?);
    }
    let actor = signing::actor_for(&args.act, &args.with.roles, &operation)?;
    let name = template::name_of(&operation)?;
    let view = actor.carry_out(operation).await?;
    output.show(&Decision::new(format!("Decided {name}"), &view))
}

fn read_operation(file: &Path) -> Result<Operation, Failure> {
    let is_input = file == Path::new("-");
    let text = if is_input { read_input()? } else { files::read_text(file)? };
    let source = if is_input { "standard input".to_owned() } else { file.display().to_string() };
    read::operation(&text, reference(None)?).map_err(|fault| Failure::usage(format!("{source}: {fault}")))
}

fn read_input() -> Result<String, Failure> {
    let mut text = String::new();
    let problem = |error: &dyn std::fmt::Display| Failure::usage(format!("cannot read standard input: {error}"));
    let read = std::io::stdin().take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|error| problem(&error))?;
    match u64::try_from(read).is_ok_and(|read| read <= MAX_BYTES) {
        true => Ok(text),
        false => Err(problem(&format!("it is larger than {MAX_BYTES} bytes"))),
    }
}
