import ArgumentParser

/// `--format` of commands that print a document.
enum DocumentFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}
