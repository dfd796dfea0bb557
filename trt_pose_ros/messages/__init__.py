"""What we say and hear as ROS 2 messages, whichever library made their classes: rclpy's or those of bags."""
