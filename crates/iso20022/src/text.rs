//! Texts whose length the message schemas bound.

use std::fmt;

use crate::xml;

/// A text of 1 to `MAX` characters that XML can carry, so that writing it cannot fail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// Why a text does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Empty, or longer than the schema allows.
    #[error("the text has {characters} characters; give 1 to {max}")]
    Length {
        /// Characters found, counted as Unicode scalar values.
        characters: usize,
        /// Characters that the schema allows.
        max: usize,
    },
    /// A control character, which XML cannot carry.
    #[error("the text holds the control character U+{code:04X}; remove it")]
    Character {
        /// The character's code point.
        code: u32,
    },
}

impl<const MAX: usize> Text<MAX> {
    /// Checks length and characters.
    ///
    /// # Errors
    /// [`TextError`] when the text is empty, too long or holds a control character.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let characters = text.chars().count();
        if characters == 0 || characters > MAX {
            return Err(TextError::Length { characters, max: MAX });
        }
        match text.chars().find(|character| !xml::text::is_allowed(*character)) {
            Some(character) => Err(TextError::Character { code: u32::from(character) }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> std::str::FromStr for Text<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}
