import Testing

@testable import ClusterFiles

/// On which folders a server may run that a container does not see.
@Suite struct MountTableTests {
  private func isOwn(_ root: String, _ path: String = "/var/lib/postgresql/data", and more: String = "") -> Bool {
    MountTable("24 1 0:20 / /proc rw,relatime - proc proc rw\n\(root)\n\(more)").isOwnRoot(path)
  }

  private let layers = "512 400 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l/A:/l/B"

  @Test func layersAndAFolderOfTheMachinesAreTheContainersAlone() {
    #expect(isOwn(layers))
    #expect(isOwn("512 400 8:1 /var/lib/lxc/db1/rootfs / rw,relatime - ext4 /dev/sda1 rw"))
  }

  @Test func aWholeFileSystemMayBeTheMachines() {
    #expect(!isOwn("27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw"))
    // Seen through layers that were there before.
    #expect(!isOwn(layers, and: "600 512 254:0 / / rw,relatime - ext4 /dev/vda rw"))
  }

  @Test func aVolumeIsShared() {
    let volume = "540 512 8:1 /volumes/a\\040b /var/lib/postgresql/a\\040b rw,relatime - ext4 /dev/sda1 rw"
    #expect(!isOwn(layers, "/var/lib/postgresql/a b/17", and: volume))
    #expect(!isOwn(layers, "/var/lib/postgresql/a b", and: volume))
    #expect(isOwn(layers, "/var/lib/postgresql/a bc", and: volume))
  }

  @Test func whatIsNotKnownIsShared() {
    #expect(!MountTable("").isOwnRoot("/data"))
    #expect(!MountTable("no line\n1 2 3 / / - \n").isOwnRoot("/data"))
  }
}
