//! What is said to the kernel, and heard from it, beside another speaker of the same language: `conversation.txt` holds what `ipvsadm`
//! and a Linux 6.12 said to each other (`capture.sh` made it). And that no bytes whatever are too much for the decoder.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]

mod answers;
mod anything;
mod conversation;
mod examples;
mod requests;
