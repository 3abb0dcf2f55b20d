import ClusterFiles

/// `--libraries`: the folder with a server's libraries.
enum LibrariesArgument {
  /// Throws where it is none.
  static func folder(_ path: String) throws(CommandFailure) -> LibraryFolder {
    guard let folder = LibraryFolder(path) else {
      throw CommandFailure(
        "\(path): no folder that can be read",
        hint: "Give what that version's pg_config --pkglibdir prints (--libraries).")
    }
    return folder
  }
}
