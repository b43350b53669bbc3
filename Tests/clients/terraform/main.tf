# What Terraform's provider makes on any engine; incus.tf has what needs one with real machines.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" {}
variable "blueprint" {}
variable "public_key" {}
variable "user_data" { default = "echo made by terraform" }
# What a second apply changes in place.
variable "tags" { default = { by = "terraform", empty = "" } }
variable "snapshot_time" { default = "06:00" }
variable "ip_address_type" { default = "dualstack" }

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    lightsail = var.endpoint
  }
}

resource "aws_lightsail_key_pair" "made" {
  name = "tf-made"
  tags = var.tags
}

resource "aws_lightsail_key_pair" "imported" {
  name       = "tf-imported"
  public_key = var.public_key
}

resource "aws_lightsail_instance" "web" {
  name              = "tf-web"
  availability_zone = "us-east-1a"
  blueprint_id      = var.blueprint
  bundle_id         = "nano_3_0"
  key_pair_name     = aws_lightsail_key_pair.made.name
  ip_address_type   = var.ip_address_type
  user_data         = var.user_data
  tags              = var.tags
}

resource "aws_lightsail_domain" "zone" {
  domain_name = "tf.example.net"
}

resource "aws_lightsail_domain_entry" "mail" {
  domain_name = aws_lightsail_domain.zone.domain_name
  name        = ""
  type        = "MX"
  target      = "10 mail.example.net"
}

resource "aws_lightsail_domain_entry" "note" {
  domain_name = aws_lightsail_domain.zone.domain_name
  name        = "_note"
  type        = "TXT"
  target      = "\"hello\""
}
