import ArgumentParser

/// `--mode`: who may read what a command writes to a file. The umask takes from it, as from everything.
struct FilePermissions: ExpressibleByArgument {
  /// The bits of `chmod`.
  let bits: UInt32
  /// For the user alone, as evidence of a server is.
  static let userOnly = FilePermissions(bits: 0o600)
  /// For all, as programs that collect metrics run as users of their own.
  static let metrics = FilePermissions(bits: 0o644)

  private init(bits: UInt32) { self.bits = bits }

  /// Three octal digits, perhaps after a 0. The user can always read and write, nobody can execute.
  init?(argument: String) {
    guard (3...4).contains(argument.utf8.count), argument.utf8.count == 3 || argument.hasPrefix("0"),
      let bits = UInt32(argument, radix: 8), bits & 0o600 == 0o600, bits & 0o111 == 0
    else { return nil }
    self.init(bits: bits)
  }

  /// As it would be given.
  var defaultValueDescription: String { String(bits, radix: 8) }

  static let help = ArgumentHelp(
    "Who may read and write the file, in octal: 600 (the user), 640, 644.", valueName: "mode")
}
