// Prints how many people there are, and how sure the decoder is of each.
#include <rclcpp/rclcpp.hpp>
#include <trt_pose_ros/msg/skeleton_array.hpp>

int main(int argc, char ** argv)
{
  rclcpp::init(argc, argv);
  auto node = rclcpp::Node::make_shared("subscriber");
  auto subscription = node->create_subscription<trt_pose_ros::msg::SkeletonArray>(
    "skeletons", rclcpp::SensorDataQoS(), [&node](const trt_pose_ros::msg::SkeletonArray & array) {
      RCLCPP_INFO(node->get_logger(), "%zu people", array.skeletons.size());
      for (const auto & person : array.skeletons) {
        RCLCPP_INFO(node->get_logger(), "  person %d: score %.2f", person.track_id, person.score);
      }
    });
  rclcpp::spin(node);
  rclcpp::shutdown();
}
