/// What a source can say, whatever it is: rules ask this, and never for a kind of source.
extension Evidence {
  /// Positions are those in a running server's memory when it was asked; else of the last write, which the server may have been
  /// ahead of.
  package var positionsAreLive: Bool { server != nil }
  /// The files themselves were looked at: what is not in the evidence is not there, but for what a ``Problem`` names.
  package var filesAreKnown: Bool { server == nil }
  /// The records of its WAL were read as far as they were asked for, or can be.
  package var walWasRead: Bool { server == nil }
  /// The settings are those of the configuration, defaults included; else what is not assigned is not known to be the default.
  package var configurationWasRead: Bool { settings.mainFile != nil || server != nil }
}
