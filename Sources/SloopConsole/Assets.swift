import SloopModel

/// The files that pages name: how they look, and what is live in them.
enum Assets {
    /// Changes with any of them, so that a browser keeps what it has until then.
    static let version: String = {
        var hash = FNV1a()
        for file in [
            PackageResources.console_css, PackageResources.console_js, PackageResources.terminal_js,
            PackageResources.icon_svg,
        ] {
            hash.add(file)
        }
        return String(hash.value, radix: 36)
    }()

    /// Nil if there is none of that name: `console-<version>.css`.
    static func answer(_ name: String) -> PageAnswer? {
        switch name {
        case "console-\(version).css": .asset("text/css; charset=utf-8", PackageResources.console_css, isForever: true)
        case "console-\(version).js":
            .asset("text/javascript; charset=utf-8", PackageResources.console_js, isForever: true)
        case "terminal-\(version).js":
            .asset("text/javascript; charset=utf-8", PackageResources.terminal_js, isForever: true)
        case "icon.svg", "favicon.ico": .asset("image/svg+xml", PackageResources.icon_svg, isForever: false)
        default: nil
        }
    }
}
