//! A disk that is full, or fails: nobody is told "stored" who was not, nothing is half there, and once it is mended
//! everything goes on. The store is used directly, on a disk that fails when it is told to.

mod any;
mod full;
mod lab;
mod reads;
mod sync;
