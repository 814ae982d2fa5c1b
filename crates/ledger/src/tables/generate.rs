//! What follows from the list of tables. The macro repeats each row into five places and nothing
//! else: the constants, the layouts, `PerTable`, `Tables` and `State`. All that is done *with*
//! tables is ordinary code elsewhere that asks these for all of them.

macro_rules! tables {
    ($(
        $(#[$doc:meta])*
        $number_name:ident = $number:literal {
            $field:ident: $index:ident of $record:ident,
            genesis: $genesis:path,
            layout: { $($fact:tt)+ },
        }
    )+) => {
        use corridor_crypto::Digest;
        use corridor_types::persist::Table;
        use corridor_types::{Genesis, GenesisError};

        use crate::conservation::Sums;
        use crate::limits::Limits;
        use crate::meta::Meta;
        use crate::references::References;
        use crate::slots::{AnySlots, Index, Layout, Misplaced, Record, Slots};

        // 1. The numbers.
        $( $(#[$doc])* pub const $number_name: Table = Table($number); )+

        // 2. The layouts: with the record, and of all tables.
        $( impl Record for $record {
            const LAYOUT: Layout = Layout { table: $number_name, name: stringify!($field), $($fact)+ };
        } )+

        /// What is fixed of each table.
        pub(crate) static LAYOUTS: PerTable<Layout> = PerTable { $( $field: <$record as Record>::LAYOUT, )+ };

        // Ascending, so none is given twice, and all changes of a block are ascending by table.
        const _: () = {
            let (numbers, mut at) = ([META, $( $number_name, )+ REFERENCES], 1);
            while at < numbers.len() {
                assert!(numbers[at - 1].0 < numbers[at].0, "the numbers of tables must ascend, each once");
                at += 1;
            }
        };

        // 3. A value for each.
        /// One value for each table whose records have slots, ascending by the table's number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct PerTable<T> { $( $(#[$doc])* pub $field: T, )+ }

        impl<T> PerTable<T> {
            /// Asks for each table's value, in the order of their numbers.
            pub(crate) fn try_build<E>(mut ask: impl FnMut(&'static Layout) -> Result<T, E>) -> Result<Self, E> {
                Ok(Self { $( $field: ask(&LAYOUTS.$field)?, )+ })
            }

            /// The values with their tables, in the order of their numbers.
            pub(crate) fn into_iter(self) -> impl Iterator<Item = (&'static Layout, T)> {
                [$( (&LAYOUTS.$field, self.$field), )+].into_iter()
            }

            /// Another value of each, in the order of their numbers.
            pub(crate) fn map<U>(self, mut of: impl FnMut(&'static Layout, T) -> U) -> PerTable<U> {
                PerTable { $( $field: of(&LAYOUTS.$field, self.$field), )+ }
            }

            /// The values for looking at.
            pub(crate) const fn as_ref(&self) -> PerTable<&T> {
                PerTable { $( $field: &self.$field, )+ }
            }

            /// The value of the table with this number; `None` if there is none with slots.
            pub(crate) const fn get(&self, table: Table) -> Option<&T> {
                match table {
                    $( $number_name => Some(&self.$field), )+
                    _ => None,
                }
            }

            /// The same for writing.
            pub(crate) fn get_mut(&mut self, table: Table) -> Option<&mut T> {
                match table {
                    $( $number_name => Some(&mut self.$field), )+
                    _ => None,
                }
            }
        }

        // 4. The records alone.
        /// The records of all tables with slots, before anything is derived from them.
        #[derive(Debug)]
        pub(crate) struct Tables { $( pub $field: Slots<$record>, )+ }

        impl Tables {
            /// The tables as genesis says. The caller has validated it.
            pub fn genesis(genesis: &Genesis) -> Result<Self, GenesisError> {
                Ok(Self { $( $field: Slots::of($genesis(genesis)?), )+ })
            }

            /// All tables, for writing.
            pub fn slots_mut(&mut self) -> PerTable<&mut dyn AnySlots> {
                PerTable { $( $field: &mut self.$field, )+ }
            }
        }

        // 5. The state.
        /// Everything that can influence a later decision.
        #[derive(Debug, Clone)]
        pub(crate) struct State {
            /// Digest of the genesis.
            pub genesis: Digest,
            pub bounds: Limits,
            pub meta: Meta,
            pub references: References,
            $( $(#[$doc])* pub $field: $index, )+
            /// What the accounts hold together.
            pub sums: Sums,
        }

        impl State {
            /// Derives the tables' indexes, each from its own records. [`State::new`] completes them.
            pub(super) fn derive(
                genesis: Digest,
                meta: Meta,
                references: References,
                tables: Tables,
            ) -> Result<Self, Misplaced> {
                let (bounds, sums) = (Limits::PROTOCOL, Sums::count(&tables.accounts));
                $( let $field = <$index as Index<$record>>::new(tables.$field, &meta)?; )+
                Ok(Self { genesis, bounds, meta, references, sums, $( $field, )+ })
            }

            /// All tables with slots.
            pub fn slots(&self) -> PerTable<&dyn AnySlots> {
                PerTable { $( $field: &self.$field.slots, )+ }
            }

            /// The same, for writing.
            pub fn slots_mut(&mut self) -> PerTable<&mut dyn AnySlots> {
                PerTable { $( $field: &mut self.$field.slots, )+ }
            }
        }
    };
}
