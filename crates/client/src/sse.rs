//! Reads server-sent events off a byte stream (WHATWG HTML, section 9.2.6). Holds one event at
//! most; knows nothing of what events mean.

use crate::limits::MAX_EVENT_BYTES;

/// One block of a stream: what came before an empty line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// The position, if the block has one.
    pub id: Option<String>,
    /// The event's data; empty for a block that only moves the position.
    pub data: String,
}

/// Collects bytes into blocks.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    block: Block,
}

/// An event is longer than any of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {MAX_EVENT_BYTES} bytes")]
pub struct TooLong;

impl Parser {
    /// Takes bytes and gives the blocks that they complete. Comments vanish.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Block>, TooLong> {
        let mut blocks = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
                if self.line.len() + self.block.data.len() > MAX_EVENT_BYTES {
                    return Err(TooLong);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line));
            if text.is_empty() {
                blocks.push(std::mem::take(&mut self.block));
            } else {
                self.field(&text);
            }
        }
        blocks.retain(|block| *block != Block::default());
        Ok(blocks)
    }

    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => self.block.id = Some(value.to_owned()),
            "data" if self.block.data.is_empty() => value.clone_into(&mut self.block.data),
            "data" => {
                self.block.data.push('\n');
                self.block.data.push_str(value);
            }
            // A comment has an empty name; other fields do not matter to us.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const STREAM: &str = ": hello\n\nretry: 1000\nid: 0-0\n\nid: 1-0\r\nevent: entry\r\ndata: {\"a\":1}\r\n\r\n\
                          data: one\ndata: two\n\nid: 2-0\n";

    fn block(id: Option<&str>, data: &str) -> Block {
        Block { id: id.map(str::to_owned), data: data.to_owned() }
    }

    #[test]
    fn blocks_come_out_however_the_bytes_are_cut() {
        let expected = [block(Some("0-0"), ""), block(Some("1-0"), "{\"a\":1}"), block(None, "one\ntwo")];
        for size in 1..STREAM.len() {
            let mut parser = Parser::default();
            let pieces = STREAM.as_bytes().chunks(size);
            let blocks: Vec<_> = pieces.flat_map(|piece| parser.push(piece).unwrap()).collect();
            assert_eq!(blocks, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut parser = Parser::default();
        let line = format!("data: {}\n", "x".repeat(1_000));
        let refused = (0..100).find(|_| parser.push(line.as_bytes()).is_err());
        assert_eq!(refused, Some(MAX_EVENT_BYTES / 1_001));
    }
}
