"""Pictures of the kitchen screens in every state that matters, to be laid beside what they should look like."""
