# What Sloop declines, each of which fails by its own.
resource "aws_lightsail_bucket" "no" {
  name      = "tf-bucket"
  bundle_id = "small_1_0"
}

resource "aws_lightsail_certificate" "no" {
  name        = "tf-certificate"
  domain_name = "tf.example.net"
}

resource "aws_lightsail_container_service" "no" {
  name  = "tf-containers"
  power = "nano"
  scale = 1
}

resource "aws_lightsail_database" "no" {
  relational_database_name = "tf-database"
  availability_zone        = "us-east-1a"
  master_database_name     = "main"
  master_username          = "somebody"
  master_password          = "a-password-of-20-characters"
  blueprint_id             = "mysql_8_0"
  bundle_id                = "micro_2_0"
  skip_final_snapshot      = true
}

resource "aws_lightsail_distribution" "no" {
  name      = "tf-distribution"
  bundle_id = "small_1_0"
  origin {
    name        = "tf-web"
    region_name = "us-east-1"
  }
  default_cache_behavior {
    behavior = "cache"
  }
}

resource "aws_lightsail_lb" "no" {
  name          = "tf-balancer"
  instance_port = "80"
}
