//! The contract between console and agent: agent.proto, generated code, conversions to the model.
