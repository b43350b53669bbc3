resource "aws_lightsail_instance" "app" {
  name              = "tf-app"
  availability_zone = "us-east-1a"
  blueprint_id      = var.blueprint
  bundle_id         = "nano_3_0"
  key_pair_name     = aws_lightsail_key_pair.imported.name
  ip_address_type   = "ipv4"
  add_on {
    type          = "AutoSnapshot"
    snapshot_time = var.snapshot_time
    status        = "Enabled"
  }
}

resource "aws_lightsail_instance_public_ports" "app" {
  instance_name = aws_lightsail_instance.app.name
  # Without both lists of sources the provider would replace it for ever: it does not know them again in its set.
  port_info {
    protocol   = "tcp"
    from_port  = 22
    to_port    = 22
    cidrs      = ["0.0.0.0/0"]
    ipv6_cidrs = ["::/0"]
  }
  port_info {
    protocol  = "tcp"
    from_port = 8000
    to_port   = 8010
    cidrs     = ["192.0.2.0/24", "203.0.113.7/32"]
  }
  port_info {
    protocol          = "tcp"
    from_port         = 2222
    to_port           = 2222
    cidr_list_aliases = ["lightsail-connect"]
  }
}

resource "aws_lightsail_static_ip" "app" {
  name = "tf-address"
}

resource "aws_lightsail_static_ip_attachment" "app" {
  static_ip_name = aws_lightsail_static_ip.app.name
  instance_name  = aws_lightsail_instance.app.name
}

resource "aws_lightsail_disk" "data" {
  name              = "tf-data"
  availability_zone = "us-east-1a"
  size_in_gb        = 8
  tags              = var.tags
}

resource "aws_lightsail_disk_attachment" "data" {
  disk_name     = aws_lightsail_disk.data.name
  instance_name = aws_lightsail_instance.app.name
  disk_path     = "/dev/xvdf"
}

resource "aws_lightsail_domain_entry" "www" {
  domain_name = aws_lightsail_domain.zone.domain_name
  name        = "www"
  type        = "A"
  target      = aws_lightsail_static_ip.app.ip_address
}
