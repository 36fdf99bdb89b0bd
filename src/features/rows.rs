//! Sparse rows.

use linfa::dataset::Records;

/// A matrix of texts by features, row by row, zeros left out (compressed sparse rows).
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRows {
    columns: usize,
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

/// One row: column numbers, ascending, and their values.
#[derive(Debug, Clone, Copy)]
pub struct SparseRow<'r> {
    /// Columns, ascending.
    pub indices: &'r [u32],
    /// Values, none of them zero.
    pub values: &'r [f32],
}

impl<'r> SparseRow<'r> {
    /// Pairs of column and value.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f32)> + use<'r> {
        self.indices
            .iter()
            .map(|&i| i as usize)
            .zip(self.values.iter().copied())
    }
}

impl SparseRows {
    /// No rows yet, of so many columns.
    pub fn new(columns: usize) -> Self {
        Self {
            columns,
            starts: vec![0],
            indices: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Appends a row. Zeros are left out.
    ///
    /// # Panics
    /// If columns are not ascending or not below the number of columns: a fault of the caller.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        let start = self.indices.len();
        for (index, value) in row {
            assert!((index as usize) < self.columns, "column {index} of {}", self.columns);
            assert!(
                self.indices.len() == start || self.indices[self.indices.len() - 1] < index,
                "columns ascend"
            );
            if value != 0.0 {
                self.indices.push(index);
                self.values.push(value);
            }
        }
        self.starts.push(self.indices.len());
    }

    /// Appends all rows of another matrix.
    pub fn append(&mut self, other: &Self) {
        let base = self.indices.len();
        self.indices.extend_from_slice(&other.indices);
        self.values.extend_from_slice(&other.values);
        self.starts.extend(other.starts[1..].iter().map(|s| base + s));
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of stored values.
    pub fn stored(&self) -> usize {
        self.indices.len()
    }

    /// Row `i`.
    #[inline]
    pub fn row(&self, i: usize) -> SparseRow<'_> {
        let range = self.starts[i]..self.starts[i + 1];
        SparseRow {
            indices: &self.indices[range.clone()],
            values: &self.values[range],
        }
    }

    /// All rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = SparseRow<'_>> {
        (0..self.len()).map(|i| self.row(i))
    }

    /// These rows in this order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut selected = Self::new(self.columns);
        for &i in rows {
            let row = self.row(i);
            selected.indices.extend_from_slice(row.indices);
            selected.values.extend_from_slice(row.values);
            selected.starts.push(selected.indices.len());
        }
        selected
    }
}

impl Records for SparseRows {
    type Elem = f32;

    fn nsamples(&self) -> usize {
        self.len()
    }

    fn nfeatures(&self) -> usize {
        self.columns
    }
}
