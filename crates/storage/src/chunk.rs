//! Long lists of a block, cut into chunks, so that one element can be read without the others.

use corridor_types::codec::{Reader, decode_list, encode_list};
use corridor_types::{Decode, Encode, Height};

use crate::StoreError;
use crate::column::{Column, chunk_key};
use crate::database::Database;

/// Entries or payments in one value: about 40 kB, of which a reader of one decodes at most 50 us.
pub const CHUNK: usize = 256;

/// The values of a list, ready to be stored.
pub(crate) fn encode_chunks<T: Encode>(height: Height, list: &[T]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    list.chunks(CHUNK).zip(0u32..).map(move |(part, chunk)| {
        let mut value = Vec::new();
        encode_list(part, &mut value);
        (chunk_key(height, chunk), value)
    })
}

fn decode_chunk<T: Decode>(column: Column, key: &[u8], value: &[u8]) -> Result<Vec<T>, StoreError> {
    let mut reader = Reader::new(value);
    let list = decode_list(&mut reader, column.name(), CHUNK);
    list.and_then(|list| reader.finish().map(|()| list)).map_err(StoreError::decode(column.name(), key))
}

/// The element at a position of a block's list.
pub(crate) fn read_element<T: Decode>(
    database: &Database,
    column: Column,
    height: Height,
    position: u32,
) -> Result<Option<T>, StoreError> {
    let size = u32::try_from(CHUNK).unwrap_or(u32::MAX);
    let key = chunk_key(height, position / size);
    let Some(value) = database.get(column, &key)? else { return Ok(None) };
    let mut list = decode_chunk(column, &key, &value)?;
    let index = usize::try_from(position % size).unwrap_or(usize::MAX);
    Ok((index < list.len()).then(|| list.swap_remove(index)))
}

/// A block's whole list.
pub(crate) fn read_all<T: Decode>(database: &Database, column: Column, height: Height) -> Result<Vec<T>, StoreError> {
    let mut list = Vec::new();
    for item in database.scan(column, &chunk_key(height, 0), Some(chunk_key(height.next(), 0)))? {
        let (key, value) = item?;
        list.extend(decode_chunk::<T>(column, &key, &value)?);
    }
    Ok(list)
}
