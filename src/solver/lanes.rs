//! Products of sparse rows with several vectors at once.
//!
//! One pass over the rows is limited by memory, not by arithmetic, so it serves several problems side by side: the values that belong to one
//! feature lie together in one cache line. Every lane is summed in the same order whatever the other lanes hold, so grouping changes no result.

use std::ops::{Add, AddAssign, Mul, SubAssign};

use crate::features::rows::SparseRows;

/// The numbers of a product: single precision where speed counts, double where exactness does.
pub trait Real:
    Copy + Default + Send + Add<Output = Self> + AddAssign + SubAssign + Mul<Output = Self> + From<f32> + Into<f64>
{
    /// The nearest number of this kind.
    fn of(value: f64) -> Self;
}

impl Real for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }
}

impl Real for f64 {
    fn of(value: f64) -> Self {
        value
    }
}

/// Rows whose columns are numbered by first appearance: features that meet in a row lie near each other in memory, and a pass takes two thirds of the time.
pub struct Columns<'r> {
    rows: &'r SparseRows,
    indices: Vec<u32>,
    numbers: Vec<u32>,
}

impl<'r> Columns<'r> {
    /// Numbers the columns.
    pub fn new(rows: &'r SparseRows) -> Self {
        let mut numbers = vec![u32::MAX; rows.columns()];
        let mut next = 0;
        let mut number = |column: u32| {
            let number = &mut numbers[column as usize];
            if *number == u32::MAX {
                *number = next;
                next += 1;
            }
            *number
        };
        let mut indices = Vec::with_capacity(rows.stored());
        for row in rows.iter() {
            indices.extend(row.indices.iter().map(|&column| number(column)));
        }
        for without_values in 0..rows.columns() as u32 {
            number(without_values);
        }
        Self { rows, indices, numbers }
    }

    /// The rows.
    pub fn rows(&self) -> &'r SparseRows {
        self.rows
    }

    /// The new number of a column.
    pub fn number(&self, column: u32) -> usize {
        self.numbers[column as usize] as usize
    }

    /// Each row's columns and values.
    fn iter(&self) -> impl Iterator<Item = (&[u32], &[f32])> {
        let mut rest = self.indices.as_slice();
        self.rows.iter().map(move |row| {
            let (indices, others) = rest.split_at(row.values.len());
            rest = others;
            (indices, row.values)
        })
    }

    /// `X·v`: one lane for each row.
    pub fn forward<T: Real, const N: usize>(&self, v: &[[T; N]], product: &mut [[T; N]]) {
        for ((indices, values), product) in self.iter().zip(product) {
            let mut sum = [T::default(); N];
            for (&index, &value) in indices.iter().zip(values) {
                let (weights, value) = (&v[index as usize], T::from(value));
                for k in 0..N {
                    sum[k] += value * weights[k];
                }
            }
            *product = sum;
        }
    }

    /// `Xᵀ·r`: one lane for each column, by its new number.
    pub fn backward<T: Real, const N: usize>(&self, r: &[[T; N]], product: &mut [[T; N]]) {
        product.fill([T::default(); N]);
        for ((indices, values), &r) in self.iter().zip(r) {
            for (&index, &value) in indices.iter().zip(values) {
                let (weights, value) = (&mut product[index as usize], T::from(value));
                for k in 0..N {
                    weights[k] += value * r[k];
                }
            }
        }
    }

    /// Makes the columns zero that lane `lane` does not see.
    pub fn hide<T: Real, const N: usize>(&self, hidden: &[u32], lane: usize, product: &mut [[T; N]]) {
        for &column in hidden {
            product[self.number(column)][lane] = T::default();
        }
    }
}
