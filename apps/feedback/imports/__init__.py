"""Reading files of feedback line by line, in constant memory. What is written is services.imports's."""
